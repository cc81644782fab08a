#include "elements/demo_elements.h"

#include "elements/glue/capture_time.h"
#include "elements/glue/element_class.h"
#include "elements/glue/errors.h"
#include "elements/glue/stats.h"

namespace lc::elements {
namespace {

enum class Mood { calm, cross };

}  // namespace

template <>
struct EnumNames<Mood> {
  static constexpr char kTypeName[] = "LcDemoMood";
  static constexpr GEnumValue kValues[] = {{static_cast<gint>(Mood::calm), "adds the gain", "calm"},
                                           {static_cast<gint>(Mood::cross), "throws", "cross"},
                                           {}};
};

namespace {

struct DemoSettings {
  unsigned gain = 3;
  Mood mood = Mood::calm;
  std::string keyring = "default";
  bool fails_to_start = false;
  double ratio = 0.5;
  std::int64_t offset = -1;
  std::uint64_t limit = 7;
  int level = 40;
};

class DemoTransform : public Element<GstBaseTransform, DemoSettings> {
 public:
  static constexpr ElementInfo kInfo{.name = "demotransform",
                                     .type_name = "LcDemoTransform",
                                     .long_name = "Demonstration transform",
                                     .klass = "Filter/Testing",
                                     .description = "Adds a number to each byte"};
  static constexpr auto properties() {
    using S = DemoSettings;
    return std::tuple{
        property("gain", &S::gain, "Gain", "Added to each byte", 0, 255, Mutable::playing),
        property("mood", &S::mood, "Mood", "What to do with a buffer", Mutable::playing),
        property("keyring", &S::keyring, "Key ring", "Folder with keys"),
        property("fails-to-start", &S::fails_to_start, "Fails to start", "Whether start() reports an error"),
        property("ratio", &S::ratio, "Ratio", "A fraction", 0.0, 1.0),
        property("offset", &S::offset, "Offset", "In bytes", -10, 10),
        property("limit", &S::limit, "Limit", "In bytes", 0, 100),
        property("level", &S::level, "Level", "0 to 63", 0, 63)};
  }
  static void class_init(ClassInit<DemoTransform>& c) {
    c.sink("application/x-demo").src("application/x-demo");
    c.bind<&DemoTransform::start>(c.base->start);
    c.bind<&DemoTransform::stop>(c.base->stop);
    c.bind<&DemoTransform::transform_ip>(c.base->transform_ip);
  }
  using Element::Element;

  Ptr<GstStructure> stats() const {
    return make_stats(kInfo.name, {{"buffers", buffers_.value()}, {"changes", changes_.value()}});
  }
  void settings_changed() { changes_.add(); }

 private:
  bool start() {
    if (!setting(&DemoSettings::fails_to_start)) return true;
    post_error(element(), Error{Errc::not_found, "nothing to start with; make keys first"});
    return false;
  }
  bool stop() {
    buffers_.set(0);
    return true;
  }
  GstFlowReturn transform_ip(GstBuffer* buffer) {
    LC_EXPECT(setting(&DemoSettings::mood) == Mood::calm, "the demo is calm");
    auto mapped = MappedBuffer::create(buffer, GST_MAP_READWRITE);
    if (!mapped) return GST_FLOW_ERROR;
    for (std::byte& each : mapped->writable())
      each = static_cast<std::byte>(std::to_integer<unsigned>(each) + setting(&DemoSettings::gain));
    buffers_.add();
    return GST_FLOW_OK;
  }

  Counter buffers_, changes_;
};

class DemoPads : public Element<GstElement> {
 public:
  static constexpr ElementInfo kInfo{.name = "demopads",
                                     .type_name = "LcDemoPads",
                                     .long_name = "Demonstration of pads",
                                     .klass = "Filter/Testing",
                                     .description = "Passes buffers on"};
  static void class_init(ClassInit<DemoPads>& c) {
    c.sink("application/x-demo").src("application/x-demo");
    c.bind<&DemoPads::change_state>(c.element->change_state);
  }
  explicit DemoPads(GstElement* self) : Element(self) {
    sink_ = add_pad("sink");
    set_chain<&DemoPads::chain>(sink_);
    set_event<&DemoPads::sink_event>(sink_);
    src_ = add_pad("src");
    set_query<&DemoPads::src_query>(src_);
  }
  Ptr<GstStructure> stats() const {
    return make_stats(kInfo.name, {{"events", events_.value()}, {"queries", queries_.value()}});
  }

 private:
  GstStateChangeReturn change_state(GstStateChange change) {
    return parent<DemoPads>()->change_state(self(), change);
  }
  GstFlowReturn chain(GstPad*, GstBuffer* raw) {
    Ptr<GstBuffer> buffer{raw};
    const auto mapped = MappedBuffer::create(buffer.get());
    const std::string text{as_text(mapped->span())};
    if (text == "throw") throw 42;
    return gst_pad_push(src_, gst_buffer_copy(buffer.get()));
  }
  bool sink_event(GstPad* pad, GstEvent* event) {
    events_.add();
    return gst_pad_event_default(pad, GST_OBJECT_CAST(element()), event);
  }
  bool src_query(GstPad* pad, GstQuery* query) {
    queries_.add();
    return gst_pad_query_default(pad, GST_OBJECT_CAST(element()), query);
  }

  GstPad* sink_;
  GstPad* src_;
  Counter events_, queries_;
};

struct DemoSrcSettings {
  unsigned count = 3;
};

class DemoSrc : public Element<GstPushSrc, DemoSrcSettings> {
 public:
  static constexpr ElementInfo kInfo{.name = "demosrc",
                                     .type_name = "LcDemoSrc",
                                     .long_name = "Demonstration source",
                                     .klass = "Source/Testing",
                                     .description = "A few buffers"};
  static constexpr auto properties() {
    return std::tuple{property("count", &DemoSrcSettings::count, "Count", "Buffers before EOS", 0, 100)};
  }
  static void class_init(ClassInit<DemoSrc>& c) {
    c.src("application/x-demo");
    c.bind<&DemoSrc::start>(reinterpret_cast<GstBaseSrcClass*>(c.base)->start);
    c.bind<&DemoSrc::create>(c.base->create);
  }
  explicit DemoSrc(GstPushSrc* self) : Element(self) {
    gst_base_src_set_format(GST_BASE_SRC(self), GST_FORMAT_TIME);
  }

 private:
  bool start() {
    left_ = setting(&DemoSrcSettings::count);
    return true;
  }
  GstFlowReturn create(GstBuffer** out) {
    if (left_ == 0) return GST_FLOW_EOS;
    --left_;
    Ptr<GstBuffer> buffer{gst_buffer_new_memdup("demo", 4)};
    set_capture_time(buffer.get(), unix_time_now());
    *out = buffer.release();
    return GST_FLOW_OK;
  }

  unsigned left_ = 0;
};

class DemoSink : public Element<GstBaseSink> {
 public:
  static constexpr ElementInfo kInfo{.name = "demosink",
                                     .type_name = "LcDemoSink",
                                     .long_name = "Demonstration sink",
                                     .klass = "Sink/Testing",
                                     .description = "Swallows buffers"};
  static void class_init(ClassInit<DemoSink>& c) {
    c.sink("application/x-demo");
    c.bind<&DemoSink::render>(c.base->render);
  }
  using Element::Element;
  Ptr<GstStructure> stats() const { return make_stats(kInfo.name, {{"buffers", buffers_.value()}}); }

 private:
  GstFlowReturn render(GstBuffer*) {
    buffers_.add();
    return GST_FLOW_OK;
  }
  Counter buffers_;
};

}  // namespace

gboolean register_demo_elements(GstPlugin* plugin) {
  return register_element<DemoTransform>(plugin) && register_element<DemoPads>(plugin) &&
         register_element<DemoSrc>(plugin) && register_element<DemoSink>(plugin);
}

}  // namespace lc::elements

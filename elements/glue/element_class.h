// Registers an ordinary C++ class as a GStreamer element; nobody else needs to know GObject's layout.
//
//   class Demo : public Element<GstBaseTransform, DemoSettings> {
//    public:
//     static constexpr ElementInfo kInfo{.name = "demo", .type_name = "LcDemo", ...};
//     static constexpr auto properties() { return std::tuple{property("gain", &DemoSettings::gain, ...)}; }
//     static void class_init(ClassInit<Demo>& c) {
//       c.sink(kLatentCaps).src(kLatentCaps);
//       c.bind<&Demo::start>(c.base->start);
//       c.bind<&Demo::transform_ip>(c.base->transform_ip);
//     }
//     explicit Demo(GstBaseTransform* self) : Element(self) {}
//     Ptr<GstStructure> stats() const;       // optional: adds the read-only property `stats`
//     void settings_changed();               // optional: called after a property was set, from any thread
//     void rotate();                         // with c.action<&Demo::rotate>("rotate"): an action signal
//    private: ...
//   };
//   in the .cc:  #define GST_CAT_DEFAULT debug_category<Demo>
//   in plugin.cc: register_element<Demo>(plugin)
//
// Surprises:
//   1. the C++ object lives in memory of its own (GLib aligns to 16 bytes only) from instance_init to
//   finalize;
//   2. every bound member runs inside a noexcept thunk: an exception becomes one LIBRARY/FAILED error on the
//   bus and
//      GST_FLOW_ERROR, FALSE, GST_STATE_CHANGE_FAILURE or null by return type. A throwing member that was
//      given a buffer must hold it in a Ptr, else it leaks;
//   3. pads of plain GstElement elements are made in the constructor with add_pad(), and get their functions
//   from
//      set_chain<&T::chain>(pad), set_event<>, set_query<>, set_activate<>, set_activate_mode<>.
#pragma once

#include <gst/base/gstbasesink.h>
#include <gst/base/gstbasetransform.h>
#include <gst/base/gstpushsrc.h>
#include <gst/gst.h>
#include <gst/video/gstvideodecoder.h>
#include <gst/video/gstvideoencoder.h>

#include <exception>
#include <functional>
#include <mutex>
#include <tuple>
#include <type_traits>
#include <vector>

#include "elements/glue/properties.h"
#include "elements/glue/raii.h"

#if defined(__SANITIZE_THREAD__)
#define LC_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define LC_TSAN 1
#endif
#endif
#ifndef LC_TSAN
#define LC_TSAN 0
#endif

namespace lc::elements {

struct ElementInfo {
  const char* name;       // factory, debug category, file: the same word
  const char* type_name;  // Lc + words
  const char* long_name;
  const char* klass;
  const char* description;
  guint rank = GST_RANK_NONE;
};
inline constexpr char kAuthor[] = "latentcast developers";

template <class Base>
struct BaseTraits;
template <>
struct BaseTraits<GstElement> {
  using Class = GstElementClass;
  static GType type() { return GST_TYPE_ELEMENT; }
};
template <>
struct BaseTraits<GstBaseSink> {
  using Class = GstBaseSinkClass;
  static GType type() { return GST_TYPE_BASE_SINK; }
};
template <>
struct BaseTraits<GstPushSrc> {
  using Class = GstPushSrcClass;
  static GType type() { return GST_TYPE_PUSH_SRC; }
};
template <>
struct BaseTraits<GstBaseTransform> {
  using Class = GstBaseTransformClass;
  static GType type() { return GST_TYPE_BASE_TRANSFORM; }
};
template <>
struct BaseTraits<GstVideoEncoder> {
  using Class = GstVideoEncoderClass;
  static GType type() { return GST_TYPE_VIDEO_ENCODER; }
};
template <>
struct BaseTraits<GstVideoDecoder> {
  using Class = GstVideoDecoderClass;
  static GType type() { return GST_TYPE_VIDEO_DECODER; }
};

template <class E>
inline GstDebugCategory* debug_category = nullptr;

struct NoSettings {};

// A read-only property with text, such as the address that the system chose; listed by readouts() of the element:
//   static constexpr auto readouts() { return std::tuple{Readout<Demo>{"place", &Demo::place, "Place", "Where"}}; }
template <class E>
struct Readout {
  const char* name;
  std::string (E::*get)() const;
  const char* nick;
  const char* blurb;
};

// What every element class has: the GStreamer object and the settings under their lock.
template <class BaseT, class SettingsT = NoSettings>
class Element {
 public:
  using Base = BaseT;
  using Settings = SettingsT;

  explicit Element(Base* self) : self_(self) {}
  Element(const Element&) = delete;
  Element& operator=(const Element&) = delete;

  Base* self() const { return self_; }
  GstElement* element() const { return reinterpret_cast<GstElement*>(self_); }

  // A copy of what the user set; start() works on one.
  Settings settings() const {
    const std::lock_guard lock(settings_mutex_);
    return settings_;
  }
  template <class T>
  T setting(T Settings::*member) const {
    const std::lock_guard lock(settings_mutex_);
    return settings_.*member;
  }
  template <class T>
  void store_setting(T Settings::*member, T value) {
    const std::lock_guard lock(settings_mutex_);
    settings_.*member = std::move(value);
  }

 protected:
  // For plain GstElement elements: a pad from the template of that name, owned by the element.
  GstPad* add_pad(const char* template_name) {
    GstPadTemplate* from = gst_element_class_get_pad_template(GST_ELEMENT_GET_CLASS(element()), template_name);
    GstPad* pad = gst_pad_new_from_template(from, template_name);
    gst_element_add_pad(element(), pad);
    return pad;
  }

 private:
  Base* const self_;
  mutable std::mutex settings_mutex_;
  Settings settings_{};
};

namespace detail {

// The instance as GObject sees it.
template <class E>
struct Instance {
  typename E::Base base;
  E* object;
};

template <class E>
inline gpointer parent_class = nullptr;

// Posts the LIBRARY/FAILED error for the exception in flight. Call inside catch (...) only.
void post_exception(GstElement* element) noexcept;
void post_not_created(GstElement* element) noexcept;

// ThreadSanitizer does not see GLib's futex locks, which order the calls into elements. These tell it that a call
// begins after all that happened in calls that had ended, or had gone on into the base class; what overlaps is still
// checked.
#if LC_TSAN
extern "C" void __tsan_acquire(void*);
extern "C" void __tsan_release(void*);
inline char calls;
inline void call_begins() { __tsan_acquire(&calls); }
inline void call_leaves() { __tsan_release(&calls); }
#else
inline void call_begins() {}
inline void call_leaves() {}
#endif

template <class R>
R failure() {
  if constexpr (std::is_same_v<R, GstFlowReturn>)
    return GST_FLOW_ERROR;
  else if constexpr (std::is_same_v<R, GstStateChangeReturn>)
    return GST_STATE_CHANGE_FAILURE;
  else if constexpr (!std::is_void_v<R>)
    return R{};
}

template <class E, class R, class F>
R guarded(void* instance, F&& work) noexcept {
  struct Ordered {
    Ordered() { call_begins(); }
    ~Ordered() { call_leaves(); }
  } ordered;
  auto* element = static_cast<GstElement*>(instance);
  E* object = static_cast<Instance<E>*>(instance)->object;
  if (!object) {
    post_not_created(element);
    return failure<R>();
  }
  try {
    return static_cast<R>(work(*object));
  } catch (...) {
    post_exception(element);
    return failure<R>();
  }
}

template <class E, auto Method, class Self, class R, class... A>
R method_thunk(Self* self, A... args) {
  return guarded<E, R>(self, [&](E& object) { return (object.*Method)(args...); });
}

template <class Method>
struct ClassOf;
template <class E, class R, class... A>
struct ClassOf<R (E::*)(A...)> {
  using type = E;
};

template <auto Method, class R, class... A>
R pad_thunk(GstPad* pad, GstObject* parent, A... args) {
  using E = typename ClassOf<decltype(Method)>::type;
  return guarded<E, R>(parent, [&](E& object) { return (object.*Method)(pad, args...); });
}

}  // namespace detail

// What class_init() of an element declares.
template <class E>
class ClassInit {
 public:
  using BaseClass = typename BaseTraits<typename E::Base>::Class;

  explicit ClassInit(gpointer klass)
      : base(static_cast<BaseClass*>(klass)), element(static_cast<GstElementClass*>(klass)) {}

  BaseClass* const base;
  GstElementClass* const element;

  ClassInit& sink(const char* caps) { return pad("sink", GST_PAD_SINK, caps); }
  ClassInit& src(const char* caps) { return pad("src", GST_PAD_SRC, caps); }

  // The thunk's self type comes from the slot, so the same bind serves slots of every class above the
  // element.
  template <auto Method, class Self, class R, class... A>
  void bind(R (*&slot)(Self*, A...)) {
    slot = &detail::method_thunk<E, Method, Self, R, A...>;
  }

  // An action signal without arguments: g_signal_emit_by_name(element, name) calls `Method`, from any thread.
  template <auto Method>
  void action(const char* name) {
    g_signal_new_class_handler(name, G_TYPE_FROM_CLASS(element),
                               static_cast<GSignalFlags>(G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION),
                               G_CALLBACK((&detail::method_thunk<E, Method, GstElement, void>)), nullptr, nullptr,
                               nullptr, G_TYPE_NONE, 0);
  }

 private:
  ClassInit& pad(const char* name, GstPadDirection direction, const char* caps_text) {
    const Ptr<GstCaps> caps{gst_caps_from_string(caps_text)};
    gst_element_class_add_pad_template(element, gst_pad_template_new(name, direction, GST_PAD_ALWAYS, caps.get()));
    return *this;
  }
};

// What the base classes of GStreamer do: parent<Demo>()->sink_event(self(), event), and for slots of a class
// above, parent<Demo, GstElementClass>()->change_state(element(), change).
template <class E, class Class = typename BaseTraits<typename E::Base>::Class>
Class* parent() {
  detail::call_leaves();
  return static_cast<Class*>(detail::parent_class<E>);
}

// Pad functions of plain GstElement elements; members take (GstPad*, GstBuffer* | GstEvent* | GstQuery*).
template <auto Method>
void set_chain(GstPad* pad) {
  gst_pad_set_chain_function(pad, (&detail::pad_thunk<Method, GstFlowReturn, GstBuffer*>));
}
template <auto Method>
void set_event(GstPad* pad) {
  gst_pad_set_event_function(pad, (&detail::pad_thunk<Method, gboolean, GstEvent*>));
}
template <auto Method>
void set_activate(GstPad* pad) {
  gst_pad_set_activate_function(pad, (&detail::pad_thunk<Method, gboolean>));
}
template <auto Method>
void set_activate_mode(GstPad* pad) {
  gst_pad_set_activatemode_function(pad, (&detail::pad_thunk<Method, gboolean, GstPadMode, gboolean>));
}
template <auto Method>
void set_query(GstPad* pad) {
  gst_pad_set_query_function(pad, (&detail::pad_thunk<Method, gboolean, GstQuery*>));
}

namespace detail {

template <class E>
class Registration {
 public:
  static GType type() {
    static const GType registered = g_type_register_static_simple(
        BaseTraits<typename E::Base>::type(), E::kInfo.type_name,
        static_cast<guint>(sizeof(typename BaseTraits<typename E::Base>::Class)), &class_init,
        static_cast<guint>(sizeof(Instance<E>)), &instance_init, static_cast<GTypeFlags>(0));
    return registered;
  }

 private:
  using Settings = typename E::Settings;
  struct Access {
    std::function<void(E&, const GValue*)> set;
    std::function<void(const E&, GValue*)> get;
  };

  static std::vector<Access>& accesses() {  // index = property id - 1
    static std::vector<Access> all;
    return all;
  }

  static void class_init(gpointer klass, gpointer) {
    parent_class<E> = g_type_class_peek_parent(klass);
    auto* object_class = static_cast<GObjectClass*>(klass);
    object_class->finalize = &finalize;
    object_class->set_property = &set_property;
    object_class->get_property = &get_property;
    if constexpr (requires { E::properties(); })
      std::apply([&](const auto&... each) { (install(object_class, each), ...); }, E::properties());
    if constexpr (requires(const E& e) { e.stats(); }) install_stats(object_class);
    if constexpr (requires { E::readouts(); })
      std::apply([&](const auto&... each) { (install_readout(object_class, each), ...); }, E::readouts());
    ClassInit<E> init(klass);
    gst_element_class_set_static_metadata(init.element, E::kInfo.long_name, E::kInfo.klass, E::kInfo.description,
                                          kAuthor);
    E::class_init(init);
  }

  template <class T>
  static void install(GObjectClass* object_class, const Property<Settings, T>& p) {
    accesses().push_back(
        {[member = p.member](E& e, const GValue* value) { e.store_setting(member, read_value<T>(value)); },
         [member = p.member](const E& e, GValue* value) { write_value<T>(value, e.setting(member)); }});
    g_object_class_install_property(object_class, static_cast<guint>(accesses().size()), make_param_spec(p));
  }

  static void install_readout(GObjectClass* object_class, const Readout<E>& readout) {
    accesses().push_back(
        {[](E&, const GValue*) {},
         [get = readout.get](const E& e, GValue* value) { write_value<std::string>(value, (e.*get)()); }});
    g_object_class_install_property(
        object_class, static_cast<guint>(accesses().size()),
        g_param_spec_string(readout.name, readout.nick, readout.blurb, "",
                            static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)));
  }

  static void install_stats(GObjectClass* object_class) {
    accesses().push_back(
        {[](E&, const GValue*) {}, [](const E& e, GValue* value) { g_value_take_boxed(value, e.stats().release()); }});
    g_object_class_install_property(
        object_class, static_cast<guint>(accesses().size()),
        g_param_spec_boxed("stats", "Statistics", "Counters since the last start", GST_TYPE_STRUCTURE,
                           static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)));
  }

  static void instance_init(GTypeInstance* instance, gpointer) {
    auto* self = reinterpret_cast<Instance<E>*>(instance);
    self->object = nullptr;
    try {
      self->object = new E(&self->base);
    } catch (...) {
      // Each call reports it: there is no bus to post on yet.
    }
    call_leaves();
  }

  static void finalize(GObject* object) {
    auto* self = reinterpret_cast<Instance<E>*>(object);
    call_begins();
    delete self->object;
    self->object = nullptr;
    static_cast<GObjectClass*>(parent_class<E>)->finalize(object);
  }

  static void set_property(GObject* object, guint id, const GValue* value, GParamSpec*) {
    guarded<E, void>(object, [&](E& e) {
      accesses().at(id - 1).set(e, value);
      if constexpr (requires { e.settings_changed(); }) e.settings_changed();
    });
  }

  static void get_property(GObject* object, guint id, GValue* value, GParamSpec*) {
    guarded<E, void>(object, [&](E& e) { accesses().at(id - 1).get(e, value); });
  }
};

}  // namespace detail

// Returns FALSE when the name is taken by another type.
template <class E>
gboolean register_element(GstPlugin* plugin) {
  if (!debug_category<E>) debug_category<E> = _gst_debug_category_new(E::kInfo.name, 0, E::kInfo.description);
  return gst_element_register(plugin, E::kInfo.name, E::kInfo.rank, detail::Registration<E>::type());
}

// The C++ object behind an element, for tests.
template <class E>
E& object_of(GstElement* element) {
  return *reinterpret_cast<detail::Instance<E>*>(element)->object;
}

}  // namespace lc::elements

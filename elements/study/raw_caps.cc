#include "elements/study/raw_caps.h"

#include "elements/glue/caps.h"

namespace lc::elements {
namespace {

void set_rate(GstCaps* caps, const GstStructure* like) {
  if (const GValue* rate = gst_structure_get_value(like, "framerate")) gst_caps_set_value(caps, "framerate", rate);
}

}  // namespace

Ptr<GstCaps> raw_latent_caps(const codec::Bundle& bundle, const GstStructure* like) {
  const codec::RawShape& s = bundle.raw();
  Ptr<GstCaps> caps{gst_caps_new_simple(kLatentMediaType, "coding", G_TYPE_STRING, "raw", "format", G_TYPE_STRING,
                                        s.input_channels == 3 ? "RGB" : "GRAY8", "latent-space", G_TYPE_STRING,
                                        bundle.latent_space_hex().c_str(), "width", G_TYPE_INT, s.width, "height",
                                        G_TYPE_INT, s.height, "latent-width", G_TYPE_INT, s.latent_width,
                                        "latent-height", G_TYPE_INT, s.latent_height, "latent-channels", G_TYPE_INT,
                                        s.latent_channels, "sample", G_TYPE_STRING, s.is_f32 ? "f32" : "u8", nullptr)};
  set_rate(caps.get(), like);
  return caps;
}

Ptr<GstCaps> raw_picture_caps(const codec::RawShape& shape, const GstStructure* like) {
  Ptr<GstCaps> caps{gst_caps_from_string(kRawCaps)};
  gst_caps_set_simple(caps.get(), "width", G_TYPE_INT, shape.width, "height", G_TYPE_INT, shape.height, nullptr);
  set_rate(caps.get(), like);
  return caps;
}

GstCaps* transformed_caps(GstPadDirection direction, const GstCaps* caps, GstCaps* filter,
                          const std::function<Ptr<GstCaps>(const GstStructure*, bool is_forward)>& other) {
  Ptr<GstCaps> out{gst_caps_new_empty()};
  for (guint i = 0; i < gst_caps_get_size(caps); ++i)
    out.reset(
        gst_caps_merge(out.release(), other(gst_caps_get_structure(caps, i), direction == GST_PAD_SINK).release()));
  if (filter) out.reset(gst_caps_intersect_full(filter, out.get(), GST_CAPS_INTERSECT_FIRST));
  return out.release();
}

study::Shape latent_shape(const codec::RawShape& s) {
  return {s.latent_width, s.latent_height, s.latent_channels, s.is_f32 ? study::Sample::f32 : study::Sample::u8};
}

std::optional<study::Shape> raw_latent_shape(const GstCaps* caps) {
  const GstStructure* s = gst_caps_get_structure(caps, 0);
  const char* coding = gst_structure_get_string(s, "coding");
  const char* sample = gst_structure_get_string(s, "sample");
  study::Shape shape;
  if (!gst_structure_has_name(s, kLatentMediaType) || !coding || std::string_view(coding) != "raw" || !sample ||
      !gst_structure_get_int(s, "latent-width", &shape.width) ||
      !gst_structure_get_int(s, "latent-height", &shape.height) ||
      !gst_structure_get_int(s, "latent-channels", &shape.channels))
    return std::nullopt;
  shape.sample = std::string_view(sample) == "f32" ? study::Sample::f32 : study::Sample::u8;
  return shape;
}

}  // namespace lc::elements

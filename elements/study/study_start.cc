#include "elements/study/study_start.h"

#include "base/file.h"

namespace lc::elements {

Result<> allow_study(GstElement* element, bool is_allowed) {
  const std::string name = GST_OBJECT_NAME(gst_element_get_factory(element));
  if (!is_allowed)
    return fail(
        Errc::refused,
        "{} runs published ciphers that can be broken or tampered with; to study them, set allow-insecure=true; to "
        "protect a stream, use latentencrypt and latentdecrypt",
        name);
  post_warning(element,
               Error{Errc::refused, fmt::format("INSECURE: {} runs a published cipher that can be broken or tampered "
                                                "with; this stream is for study only",
                                                name)});
  return {};
}

Result<Bytes> load_study_key(const std::string& path) {
  constexpr std::size_t kMaxKeyBytes = 64 << 10;
  if (path.empty())
    return fail(
        Errc::invalid_config,
        "no key-file; make one with: head -c 32 /dev/urandom > study.key (for rsa-lsb: openssl genrsa -out study.pem "
        "2048)");
  return load_file(path, kMaxKeyBytes);
}

}  // namespace lc::elements

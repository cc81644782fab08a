#include "elements/glue/element_class.h"

#include "elements/glue/errors.h"

namespace lc::elements::detail {
namespace {

void post_fault(GstElement* element, const char* what) noexcept {
  try {
    post_error(element, Error{Errc::backend, fmt::format("{}: internal fault: {}; please report it",
                                                         GST_OBJECT_NAME(element), what)});
  } catch (...) {
    g_critical("out of memory while reporting a fault");
  }
}

}  // namespace

void post_exception(GstElement* element) noexcept {
  try {
    throw;
  } catch (const std::exception& exception) {
    post_fault(element, exception.what());
  } catch (...) {
    post_fault(element, "an exception of unknown type");
  }
}

void post_not_created(GstElement* element) noexcept {
  post_fault(element, "the element could not be created");
}

}  // namespace lc::elements::detail

// What studyencrypt and studydecrypt do before they start: refuse unless allowed, warn, and read the secret.
#pragma once

#include <string>

#include "elements/glue/errors.h"

namespace lc::elements {

// Posts the warning of every start.
//   errors  refused: not allowed
Result<> allow_study(GstElement* element, bool is_allowed);

// The bytes of a key file: any 16 or more, or an RSA key in PEM.
//   errors  invalid_config: none is named; those of load_file()
Result<Bytes> load_study_key(const std::string& path);

}  // namespace lc::elements

#include "seal/key_change.h"

namespace lc::seal {

std::string_view to_string(RotationReason reason) {
  switch (reason) {
    case RotationReason::time:
      return "time";
    case RotationReason::limit:
      return "limit";
    case RotationReason::command:
      return "command";
    case RotationReason::list:
      return "list";
    case RotationReason::ratchet:
      break;
  }
  return "ratchet";
}

Result<> KeyChange::make() {
  announcer_.emplace(LC_TRY(Announcer::create(*device_, what_, base_key_.reveal(), receivers_)));
  if (reason_ != RotationReason::ratchet)
    key_.emplace(LC_TRY(SealingKey::create(suite_, what_.kid, base_key_.reveal(), limits_)));
  return {};
}

}  // namespace lc::seal

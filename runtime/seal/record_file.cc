#include "seal/record_file.h"

#include "base/file.h"
#include "base/text.h"
#include "seal/fields.h"

namespace lc::seal {

Result<std::string> load_record(const std::filesystem::path& path) {
  const Bytes bytes = LC_TRY(load_file(path, 64 * kMaxRecordBytes));
  std::string text(as_text(bytes));
  text.erase(text.find_last_not_of("\r\n") + 1);
  if (text.empty())
    return fail(Errc::invalid_config, "{}: an empty record; leave record-file out to send none", path.string());
  if (text.size() > kMaxRecordBytes)
    return fail(Errc::invalid_config, "{}: a record of {} bytes, at most {} travel with the frames", path.string(),
                text.size(), kMaxRecordBytes);
  if (!is_plain_text(text))
    return fail(Errc::invalid_config, "{}: a record is text in UTF-8, without control characters", path.string());
  return text;
}

}  // namespace lc::seal

// The files of the monitor page, built in: monitor_page/embed.py makes the table.
#pragma once

#include <string_view>

namespace lc::engine {

struct PageFile {
  const char* path;  // "/" and "/monitor.js"
  const char* type;  // of the content
  std::string_view content;
};

extern const PageFile kPageFiles[4];

}  // namespace lc::engine

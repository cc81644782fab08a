// Private to document.cc and document_parse.cc: how a document is kept.
#pragma once

#include <deque>

#include "config/document.h"

namespace lc::config {

struct Node::Data {
  Kind kind = Kind::null;
  bool quoted = false;
  int line = 1, column = 1;
  const Data* parent = nullptr;
  std::string key;                    // under which it stands in its parent's map
  std::size_t index = 0;              // at which it stands in its parent's list
  std::string value;                  // of a scalar
  std::vector<const Data*> keys;      // of a map, parallel to children
  std::vector<const Data*> children;  // of a list or map
};

struct Node::Document {
  std::string origin;
  std::deque<Data> nodes;  // addresses stay; [0] is the root
};

}  // namespace lc::config

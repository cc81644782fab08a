// "did you mean": the nearest known word to one that a person typed wrongly.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lc {

// Edits (insert, delete, replace, swap of neighbours) from one word to the other; case, '-' and '_' do not count.
int edit_distance(std::string_view a, std::string_view b);

// The nearest of `known`, or "" when none is near: at most a third of the letters (at least one, of two or more) may
// differ.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

// "; did you mean 'quality'?", or "" when nothing is near. To be put at the end of a sentence.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

// "a, b, c": for "known: ..." at the end of a sentence; after `limit` names it ends in "... (N in all)".
std::string list_of(const std::vector<std::string>& names, std::size_t limit = 24);

}  // namespace lc

#include "seal/session.h"

#include <algorithm>

namespace lc::seal {
namespace {

SessionKey* find_in(std::vector<SessionKey>& keys, std::uint64_t kid) {
  for (SessionKey& key : keys)
    if (key.key.kid() == kid) return &key;
  return nullptr;
}

bool is_in(const std::vector<SessionKey>& keys, std::uint64_t kid) {
  return std::any_of(keys.begin(), keys.end(), [&](const SessionKey& k) { return k.key.kid() == kid; });
}

}  // namespace

void Session::add(SessionKey key) {
  const auto at = std::find_if(keys_.begin(), keys_.end(),
                               [&](const SessionKey& k) { return k.key.kid() > key.key.kid(); });
  keys_.insert(at, std::move(key));
  if (keys_.size() > kMaxKeys) keys_.erase(keys_.begin());
}

bool Session::is_known(std::uint64_t kid) const {
  return (used_ && kid < *used_) || is_in(keys_, kid) || can_derive(kid);
}

SessionKey* Session::find(std::uint64_t kid) {
  if (SessionKey* key = find_in(keys_, kid)) return key;
  if (SessionKey* key = find_in(ahead_, kid)) return key;
  return derive(kid);
}

const SessionKey* Session::newest(const std::vector<SessionKey>& of, std::uint64_t generation) const {
  const SessionKey* found = nullptr;
  for (const SessionKey& key : of)
    if (generation_of(key.key.kid()) == generation && !key.base_key.empty()) found = &key;
  return found;
}

bool Session::can_derive(std::uint64_t kid) const {
  const SessionKey* from = newest(keys_, generation_of(kid));
  return from != nullptr && kid > from->key.kid() && kid - from->key.kid() <= kMaxAhead;
}

SessionKey* Session::derive(std::uint64_t kid) {
  if (!can_derive(kid)) return nullptr;
  const std::uint64_t generation = generation_of(kid);
  const SessionKey* from = newest(keys_, generation);
  const std::uint64_t first_ctr = from->first_ctr;
  if (const SessionKey* tried = newest(ahead_, generation)) from = tried;
  while (from->key.kid() < kid) {
    auto base = ratchet(from->base_key);
    if (!base) return nullptr;
    auto key = OpeningKey::create(suite, from->key.kid() + 1, base->reveal());
    if (!key) return nullptr;
    ahead_.push_back({*std::move(key), *std::move(base), first_ctr, from->end_ctr, from->erase_ms});
    from = &ahead_.back();
  }
  return &ahead_.back();
}

bool Session::note_use(std::uint64_t kid, std::uint64_t ctr, std::uint64_t now_ms) {
  if (used_ && kid <= *used_) return false;
  const bool is_first = !used_;
  used_ = kid;
  std::vector<SessionKey> still_ahead;
  const auto is_same_generation = [&](const SessionKey& key) {
    return generation_of(key.key.kid()) == generation_of(kid);
  };
  for (SessionKey& key : ahead_) {
    if (is_same_generation(key) && key.key.kid() <= kid)
      add(std::move(key));
    else
      still_ahead.push_back(std::move(key));
  }
  ahead_ = std::move(still_ahead);
  for (auto* keys : {&keys_, &ahead_}) {
    for (SessionKey& key : *keys) {
      if (key.key.kid() >= kid) continue;
      // The generation before may have gone on by a step whose messages are still to come.
      if (is_same_generation(key)) key.base_key = {};
      key.end_ctr = std::min(key.end_ctr, ctr);
      key.erase_ms = std::min(key.erase_ms, now_ms + kGraceMs);
    }
  }
  return !is_first;
}

void Session::erase_old(std::uint64_t now_ms) {
  for (auto* keys : {&keys_, &ahead_})
    std::erase_if(*keys, [&](const SessionKey& key) { return now_ms >= key.erase_ms; });
}

}  // namespace lc::seal

// One copy of equal constants in the process. Whoever makes one hands it in and goes on with the copy that is there
// already: elements that load one bundle hold its files together, and plans of one model, for whatever size of picture,
// its packed weights.
//
// By content, not by name: nothing has to know where bytes came from. What == calls equal is shared: of floats, 0 and -0, too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace lc {

// Those that are alive, of one type.
//   T       ==, which compares all that matters; fingerprint(), the same of equal ones; bytes(), for statistics
//   thread  any
template <class T>
class Shared {
 public:
  // Never destroyed: constants may outlive every static object.
  static Shared& all() {
    static Shared& shared = *new Shared;
    return shared;
  }

  // The one that equals `made` already, or `made` itself.
  std::shared_ptr<const T> one(T made) {
    const std::uint32_t key = made.fingerprint();
    auto own = std::make_shared<const T>(std::move(made));
    const std::scoped_lock lock(mutex_);
    std::erase_if(held_, [](const auto& entry) { return entry.second.expired(); });
    for (auto [at, end] = held_.equal_range(key); at != end; ++at)
      if (auto other = at->second.lock(); other && *other == *own) return other;
    held_.emplace(key, own);
    return own;
  }

  std::size_t bytes() const {
    const std::scoped_lock lock(mutex_);
    std::size_t sum = 0;
    for (const auto& [key, weak] : held_)
      if (const auto one = weak.lock()) sum += one->bytes();
    return sum;
  }

 private:
  Shared() = default;
  mutable std::mutex mutex_;
  std::unordered_multimap<std::uint32_t, std::weak_ptr<const T>> held_;  // by fingerprint
};

template <class T>
std::shared_ptr<const T> share(T made) {  // thread  any
  return Shared<T>::all().one(std::move(made));
}

}  // namespace lc

// Counts allocations, of every thread and library of the program. For programs of their own: allocations.cc replaces
// operator new and the malloc family.
#pragma once

namespace lc::test {

// False under sanitizers, which have an allocator of their own: nothing is counted then.
bool can_count_allocations();

struct Allocations {
  int ours = 0;
  int library = 0;  // by oneDNN inside its own calls, which are not ours to change
};

// From the beginning, or from the last call, to this one. One at a time.
class AllocationCounter {
 public:
  AllocationCounter();
  ~AllocationCounter();
  Allocations take();
};

}  // namespace lc::test

// What time measurements are made of, in ms.
#pragma once

#include <sys/resource.h>

#include <ctime>

namespace lc::cli {

inline double clock_ms(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return 1e3 * static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_nsec);
}
// Processor time of the calling thread, and of the whole process; and time on the wall.
inline double thread_ms() { return clock_ms(CLOCK_THREAD_CPUTIME_ID); }
inline double process_ms() { return clock_ms(CLOCK_PROCESS_CPUTIME_ID); }
inline double wall_ms() { return clock_ms(CLOCK_MONOTONIC); }
// Processor time of children that have ended and were waited for.
inline double children_ms() {
  rusage used{};
  ::getrusage(RUSAGE_CHILDREN, &used);
  const auto ms = [](const timeval& t) {
    return 1e3 * static_cast<double>(t.tv_sec) + 1e-3 * static_cast<double>(t.tv_usec);
  };
  return ms(used.ru_utime) + ms(used.ru_stime);
}

}  // namespace lc::cli

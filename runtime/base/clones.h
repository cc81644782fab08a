// LC_CLONES before a function: it is compiled for several kinds of processors, and the best for this one is chosen when the
// program is loaded. For plain loops that the auto-vectoriser does well; results may differ in the last bit of floats.
#pragma once

// Before a function that such functions call.
#define LC_INTO_CLONES inline __attribute__((always_inline))

// The choice runs before sanitizers are ready.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define LC_CLONES __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define LC_CLONES
#endif

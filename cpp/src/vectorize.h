#ifndef MEDIAPIPE_ANCHORS_SRC_VECTORIZE_H_
#define MEDIAPIPE_ANCHORS_SRC_VECTORIZE_H_

// Marks a function that is compiled twice, for AVX2 and for any x86-64; the loader picks one. Both
// give the same bits: AVX2 alone fuses no multiplication with an addition.
#if defined(MPA_VECTORIZE)
// The builder knows better.
#elif defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define MPA_VECTORIZE __attribute__((target_clones("avx2", "default")))
#else
#define MPA_VECTORIZE
#endif

// Marks what such a function calls, to be compiled as a part of it.
#if defined(__GNUC__)
#define MPA_INLINE inline __attribute__((always_inline))
#else
#define MPA_INLINE inline
#endif

namespace mediapipe_anchors {

// std::min and std::max by value: references keep compilers from taking many floats at a time.
template <typename Real>
MPA_INLINE Real Smaller(Real a, Real b) {
  return b < a ? b : a;
}

template <typename Real>
MPA_INLINE Real Larger(Real a, Real b) {
  return a < b ? b : a;
}

}  // namespace mediapipe_anchors

#endif  // MEDIAPIPE_ANCHORS_SRC_VECTORIZE_H_

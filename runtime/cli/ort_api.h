// The part of ONNX Runtime's C interface that we call, written down from its documentation.
//
// The library hands out a table of functions. New versions append to it and never move what is there, so the places
// below hold for every version since 1.6 (table version 5). `gap_N` are the functions from place N that we do not
// call. A function that returns Status* gives nullptr when all is well; the text of any other must be released.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lc::cli::ort {

// Opaque on our side.
struct Env;
struct Status;
struct Session;
struct SessionOptions;
struct RunOptions;
struct Value;
struct TypeInfo;
struct TensorInfo;  // OrtTensorTypeAndShapeInfo
struct Allocator;

inline constexpr std::uint32_t kTableVersion = 5;
inline constexpr int kLogErrors = 3;                           // OrtLoggingLevel
inline constexpr int kSequential = 0;                          // ExecutionMode
inline constexpr int kAllOptimisations = 99;                   // GraphOptimizationLevel
enum ElementType : int { kFloat = 1, kUint8 = 2, kInt8 = 3 };  // ONNXTensorElementDataType

struct Api {
  using Unused = void (*)();

  Unused gap_0[2];
  const char* (*GetErrorMessage)(const Status*);
  Status* (*CreateEnv)(int level, const char* log_id, Env** out);
  Unused gap_4[4];
  Status* (*CreateSessionFromArray)(const Env*, const void* model, std::size_t bytes, const SessionOptions*,
                                    Session** out);
  // An output that is nullptr is made by the call.
  Status* (*Run)(Session*, const RunOptions*, const char* const* input_names, const Value* const* inputs,
                 std::size_t input_count, const char* const* output_names, std::size_t output_count, Value** outputs);
  Status* (*CreateSessionOptions)(SessionOptions** out);
  Unused gap_11[2];
  Status* (*SetSessionExecutionMode)(SessionOptions*, int mode);
  Unused gap_14[9];
  Status* (*SetSessionGraphOptimizationLevel)(SessionOptions*, int level);
  Status* (*SetIntraOpNumThreads)(SessionOptions*, int count);
  Status* (*SetInterOpNumThreads)(SessionOptions*, int count);
  Unused gap_26[4];
  Status* (*SessionGetInputCount)(const Session*, std::size_t* out);
  Status* (*SessionGetOutputCount)(const Session*, std::size_t* out);
  Unused gap_32[1];
  Status* (*SessionGetInputTypeInfo)(const Session*, std::size_t index, TypeInfo** out);
  Unused gap_34[2];
  Status* (*SessionGetInputName)(const Session*, std::size_t index, Allocator*, char** out);
  Status* (*SessionGetOutputName)(const Session*, std::size_t index, Allocator*, char** out);
  Unused gap_38[10];
  Status* (*CreateTensorAsOrtValue)(Allocator*, const std::int64_t* dims, std::size_t rank, ElementType, Value** out);
  Unused gap_49[2];
  Status* (*GetTensorMutableData)(Value*, void** out);
  Unused gap_52[3];
  Status* (*CastTypeInfoToTensorInfo)(const TypeInfo*, const TensorInfo** out);  // owned by the TypeInfo
  Unused gap_56[4];
  Status* (*GetTensorElementType)(const TensorInfo*, ElementType* out);
  Status* (*GetDimensionsCount)(const TensorInfo*, std::size_t* out);
  Status* (*GetDimensions)(const TensorInfo*, std::int64_t* out, std::size_t count);  // -1: open
  Unused gap_63[1];
  Status* (*GetTensorShapeElementCount)(const TensorInfo*, std::size_t* out);
  Status* (*GetTensorTypeAndShape)(const Value*, TensorInfo** out);
  Unused gap_66[10];
  Status* (*AllocatorFree)(Allocator*, void*);
  Unused gap_77[1];
  Status* (*GetAllocatorWithDefaultOptions)(Allocator** out);  // the library's own; never released
  Unused gap_79[13];
  void (*ReleaseEnv)(Env*);
  void (*ReleaseStatus)(Status*);
  Unused gap_94[1];
  void (*ReleaseSession)(Session*);
  void (*ReleaseValue)(Value*);
  Unused gap_97[1];
  void (*ReleaseTypeInfo)(TypeInfo*);
  void (*ReleaseTensorTypeAndShapeInfo)(TensorInfo*);
  void (*ReleaseSessionOptions)(SessionOptions*);
  Unused gap_101[29];
  Status* (*AddSessionConfigEntry)(SessionOptions*, const char* key, const char* value);
};

// Where the table's documentation counts the last function of its versions 1 and later.
static_assert(offsetof(Api, Run) == 9 * sizeof(void*));
static_assert(offsetof(Api, SessionGetInputCount) == 30 * sizeof(void*));
static_assert(offsetof(Api, CreateTensorAsOrtValue) == 48 * sizeof(void*));
static_assert(offsetof(Api, GetAllocatorWithDefaultOptions) == 78 * sizeof(void*));
static_assert(offsetof(Api, gap_101) == 101 * sizeof(void*));
static_assert(offsetof(Api, AddSessionConfigEntry) == 130 * sizeof(void*));

// What the library's one exported function, OrtGetApiBase(), returns.
struct ApiBase {
  const Api* (*GetApi)(std::uint32_t version);  // nullptr: not known
  const char* (*GetVersionString)();
};

}  // namespace lc::cli::ort

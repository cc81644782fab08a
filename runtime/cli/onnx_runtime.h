// ONNX Runtime, where the user has it: opened while running, needed by no build. What our networks are compared with.
//
// Settings of a session: the asked number of threads within an operator, one operator after the other, all
// optimisations, and what ONNX Runtime has by default otherwise; in particular its threads spin while an inference
// runs. After it they sleep at once (session.force_spinning_stop), so that they take no time from whoever comes next.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "nn/graph.h"

namespace lc::cli {

inline constexpr char kHowToGetOrt[] = "npm install --ignore-scripts onnxruntime-node, then --ort node_modules";

class OnnxRuntime {
 public:
  // The library, or a folder that holds it somewhere below, also beside those of other machines.
  //   errors  not_found; unsupported (does not open here, is another library, or older than 1.6)
  static Result<std::shared_ptr<const OnnxRuntime>> open(const std::filesystem::path& file_or_folder);
  ~OnnxRuntime();

  const std::string& version() const;
  const std::filesystem::path& file() const;

 private:
  friend class OrtSession;
  struct State;
  explicit OnnxRuntime(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// A network with its inputs. Tensors are as in the file (NCHW).
class OrtSession {
 public:
  //   dims    one for each input; a file that fixes its own keeps them
  //   errors  backend, with what ONNX Runtime says
  static Result<std::unique_ptr<OrtSession>> create(std::shared_ptr<const OnnxRuntime> runtime, ByteSpan onnx,
                                                    const std::vector<nn::Dims>& dims, int threads);
  ~OrtSession();

  std::size_t inputs() const;
  // Numbers from 0 to 1; an input of bytes gets them times 255, or 127 where it has a sign.
  //   errors  invalid_config: not the input's number of elements
  Result<> set_input(std::size_t index, std::span<const float> values);
  // Outputs are allocated by the first run and kept.
  Result<> run();
  // Empty where it is not of float32.
  Result<std::vector<float>> output(std::size_t index) const;

 private:
  struct State;
  explicit OrtSession(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace lc::cli

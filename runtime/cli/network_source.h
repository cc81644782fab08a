// The networks that `latentcast bench` measures: where each comes from, and its shapes at a picture size.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "codec/bundle.h"
#include "nn/graph.h"

namespace lc::cli {

struct PictureSize {
  int width = 0, height = 0;
  bool operator==(const PictureSize&) const = default;
};
std::string size_name(PictureSize size);  // "1280x720"
//   option  named by the error
//   errors  invalid_config; sides are 16 to 8192
Result<PictureSize> parse_size(const std::string& text, const char* option);

class NetworkSource {
 public:
  // "NAME/encoder" and "NAME/decoder" of an autoencoder.
  static Result<std::vector<NetworkSource>> of_bundle(const codec::Bundle& bundle);
  // "FILE" or "FILE@WIDTHxHEIGHT", which sets the sides that the file leaves open. Its name is the file's, without
  // ".onnx".
  //   errors  not_found, invalid_config, what nn::Graph says
  static Result<NetworkSource> of_file(const std::string& file_and_size);

  const std::string& name() const { return name_; }
  // What errors about the graph begin with.
  const std::string& origin() const { return origin_; }
  const nn::Graph& graph() const { return graph_; }
  ByteSpan onnx() const { return onnx_; }
  bool is_encoder() const { return kind_ == Kind::encoder; }  // of a bundle: pictures go in
  bool is_decoder() const { return kind_ == Kind::decoder; }  // or come out
  // Whether it is the same network at every picture size.
  bool is_fixed() const { return kind_ == Kind::file && (has_own_size_ || !has_open_sides()); }
  // NCHW, one for each input; a batch of one.
  //   errors  invalid_config: dimensions are open that no picture size sets
  Result<std::vector<nn::Dims>> dims_at(PictureSize size) const;

 private:
  enum class Kind { encoder, decoder, file };
  NetworkSource(Kind kind, std::string name, std::string origin, Bytes onnx, nn::Graph graph)
      : kind_(kind),
        name_(std::move(name)),
        origin_(std::move(origin)),
        onnx_(std::move(onnx)),
        graph_(std::move(graph)) {}
  bool has_open_sides() const;

  Kind kind_;
  std::string name_, origin_;
  Bytes onnx_;
  nn::Graph graph_;
  int channels_ = 0;  // of a bundle's input
  bool has_own_size_ = false;
  PictureSize own_size_;
};

}  // namespace lc::cli

// Device and receiver as two processes on loopback, with keys made for the occasion: what the demonstrations share.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cli/child.h"
#include "cli/demo_report.h"
#include "cli/private_folder.h"

namespace lc::cli {

// Arguments of `latentcast run` for one end, beyond endpoint, key ring and status, which the session sets itself.
using RunArgumentList = std::vector<std::string>;

class DemoSession {
 public:
  // A private folder with a device and a receiver that know each other and nobody else, and a free port.
  // logs  folder for what the two print to standard error: device.log, receiver.log
  static Result<DemoSession> create(const std::filesystem::path& config, const std::filesystem::path& logs);

  const std::filesystem::path& folder() const { return folder_.path(); }

  // Runs both until both have ended; when one ends, the other gets the time that its last frames need. SIGINT,
  // SIGTERM and SIGHUP end the device first, so that the stream ends in order; a second one, or an end that hangs, ends
  // both at once. `every_second` gets the seconds since the start.
  Result<> run(const RunArgumentList& device, const RunArgumentList& receiver,
               const std::function<void(double)>& every_second);

  const BothEnds& ends() const { return ends_; }
  std::string logs() const;  // "out/device.log and out/receiver.log"

 private:
  DemoSession(PrivateFolder folder, std::filesystem::path config, std::filesystem::path logs, std::string endpoint)
      : folder_(std::move(folder)), config_(std::move(config)), logs_(std::move(logs)), endpoint_(std::move(endpoint)) {}
  Result<Child> start(const std::string& node, const RunArgumentList& more) const;
  void watch(Child& device, Child& receiver, const std::function<void(double)>& every_second);

  PrivateFolder folder_;
  std::filesystem::path config_, logs_;
  std::string endpoint_;
  BothEnds ends_;
};

}  // namespace lc::cli

// The monitor page: an HTTP server with the live picture, its label and the node's numbers.
//
//   GET /                    the page (monitor_page/)
//   GET /picture?after=N     the newest picture as JPEG, once its number is above N; 204 where none comes in half a second,
//                            503 where too many wait. X-Number, X-Age-Ms, X-Capture-Ns (since 1970, by the device's
//                            clock), X-Label (percent-encoded; empty: no confident label), X-Confidence
//   GET /snapshot.jpg        the newest picture; 404 where none comes in three seconds
//   GET /status              JSON: status (engine/status.h), picture (number, age_ms), note (text, age_ms), now_ns (clock of
//                            this machine, since 1970, so that a browser knows how far its own clock is off), run (another
//                            one after each start)
//
// It answers loopback addresses to whoever is on this machine, under loopback names only, so that no foreign web page
// can read it through a name of its own. On any other address the URL holds a random token, without which nothing is
// served; the first visit turns it into a cookie. Pictures go over plain HTTP: let a reverse proxy add TLS where the
// network is not yours.
//   thread  any; no call waits for a client
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace lc::engine {

struct MonitorPicture {
  std::vector<std::uint8_t> jpeg;
  std::uint64_t capture_ns = 0;  // since 1970; 0: unknown
  std::string label;             // empty: no confident label
  double confidence = 0;
};

class Monitor {
 public:
  // address  "127.0.0.1:8080", "[::1]:8080", "localhost:0"; port 0: the system chooses
  // errors   invalid_config: not an address; unavailable: the port is taken, or the address is not this machine's
  static Result<std::unique_ptr<Monitor>> create(const std::string& address);
  ~Monitor();

  // What to open in a browser, with the token where one is needed.
  const std::string& url() const;

  // Somebody asked for a picture in the last two seconds.
  bool is_watched() const;

  void show(MonitorPicture picture);
  void set_status(std::string json);  // an object
  void note(const std::string& sentence);

 private:
  struct State;
  explicit Monitor(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace lc::engine

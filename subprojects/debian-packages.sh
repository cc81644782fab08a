# The Debian packages that latentcast needs (Debian 12 and 13), and the one function that installs what is missing.
# Sourced by ./run and ./test.

packages_to_build="g++ meson ninja-build pkg-config cmake protobuf-compiler
  libprotobuf-dev libdnnl-dev libsodium-dev libssl-dev libzmq3-dev libyaml-cpp-dev libexpected-dev libfmt-dev libcli11-dev
  nlohmann-json3-dev doctest-dev libpng-dev libjpeg-dev libwebp-dev libzip-dev libeigen3-dev zlib1g-dev libcpp-httplib-dev
  libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev"
packages_to_run="gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad
  gstreamer1.0-plugins-ugly gstreamer1.0-libav"
packages_to_test="python3 python3-numpy libonnx-testdata chromium openssl"
packages_to_sanitize="clang libclang-rt-dev"

# install_missing PACKAGE...: says what is missing, then installs it; asks for root only when something is missing.
install_missing() {
  local missing=() name
  for name in "$@"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if ! command -v apt-get >/dev/null; then
    echo "This system has no apt-get. Install what these Debian packages hold, then try again: ${missing[*]}" >&2
    return 1
  fi
  echo "Installing ${#missing[@]} Debian packages that are missing: ${missing[*]}" >&2
  local root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
      echo "Root is needed for that and there is no sudo. As root: apt-get install --no-install-recommends ${missing[*]}" >&2
      return 1
    }
    root=(sudo)
  fi
  local log
  log=$(mktemp)
  if ! { "${root[@]}" apt-get update -qq &&
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } \
    >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "apt-get failed (the last lines are above). With a network, try again; else install the packages by hand." >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}

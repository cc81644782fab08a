// Kills a sender at random moments and compares all (key, nonce) pairs that it ever used.
#pragma once

namespace lc::seal::test {

// Runs `kills` senders on one key ring, each killed with SIGKILL; fails the test when a pair comes twice.
void kill_and_compare(int kills);

}  // namespace lc::seal::test

// gRPC 1.51 has one queue for the callbacks of all client channels, and frees it, sometimes twice, when the last
// channel that used it goes. Thread: any.
#pragma once

namespace sluice::runtime {

/// Keeps that queue until the process ends: for programs whose channels with callbacks come and go. Idempotent.
void keep_callback_queue();

}  // namespace sluice::runtime

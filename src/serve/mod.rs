//! The HTTP API, over the control socket.

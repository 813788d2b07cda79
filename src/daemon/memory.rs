//! Gives memory back to the system when a configuration has been read. What was needed to
//! read it is several times what is kept of it, and lies between: the C library gives such
//! memory back only when it is asked to. Elsewhere its allocator does so by itself, or
//! cannot be asked.
//!
//! Measured with 20,000 feeds at rest: 38 MiB instead of 81.

/// Gives back what is free. Takes a tenth of a second a few hundred MiB: not for a thread
/// that something waits for.
pub(super) fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    glibc::malloc_trim(0);
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[allow(unsafe_code, reason = "a foreign function that takes a number and has no condition (malloc_trim(3))")]
mod glibc {
    unsafe extern "C" {
        /// Keeps `pad` bytes at the top of the heap.
        pub(super) safe fn malloc_trim(pad: usize) -> std::ffi::c_int;
    }
}

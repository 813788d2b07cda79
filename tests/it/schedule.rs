//! When feeds are polled, over simulated time.

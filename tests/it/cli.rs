//! The real binary, as people use it: exit statuses, what goes to which stream,
//! and the shapes that programs rely on.

mod alerts;
mod inspect;
mod robust;
mod usage;

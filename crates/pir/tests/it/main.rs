//! The private fetch from outside.

mod fetch;

//! The `jointly` command, as a person or a program runs it.

mod cluster;
mod command;
mod demo;
mod evidence;
mod faults;
mod help;
mod identity;

//! The `jointly` command, as a person or a program runs it.

mod command;
mod demo;
mod evidence;
mod help;
mod identity;

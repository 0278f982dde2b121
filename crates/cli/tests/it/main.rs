//! The `jointly` command, as a person or a program runs it.

mod align;
mod circuits;
mod cluster;
mod command;
mod decisions;
mod demo;
mod disk;
mod evidence;
mod faults;
mod help;
mod identity;
mod refusals;
mod stock;

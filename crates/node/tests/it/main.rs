//! The node's foundations, as a node uses them.

mod bundle;
mod evidence;
mod identity;
mod invitation;
mod live;
mod network;
mod project;
mod signed;
mod sizes;
mod store;
mod world;

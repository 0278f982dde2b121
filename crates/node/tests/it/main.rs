//! The node's foundations, as a node uses them.

mod alignments;
mod answers;
mod bad_peers;
mod bad_receipts;
mod bank;
mod bundle;
mod circuits;
mod evidence;
mod federations;
mod identity;
mod invitation;
mod live;
mod messages;
mod models;
mod network;
mod project;
mod rogue;
mod signed;
mod sizes;
mod stock;
mod store;
mod world;

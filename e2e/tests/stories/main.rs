//! The stories: people in front of windows, and what they see.
//!
//! One program, so that it is linked once; each story has a server and a browser of its own.

mod alerts;
mod away;
mod composing;
mod connection;
mod crash;
mod engines;
mod gone;
mod history;
mod insecure;
mod keyboard;
mod landing;
mod messages;
mod my_rooms;
mod offline;
mod pairing;
mod people;
mod phone;
mod pictures;
mod proxies;
mod reading;
mod refusals;
mod reload;
mod rooms;
mod search;
mod seats;
mod talking;
mod trunk;
mod unread;
mod zoom;

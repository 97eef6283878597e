//! A fresh access token for a call. Refreshing is a single flight, in this process and across nodes.

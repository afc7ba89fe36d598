"""The store over the wire: the published MetadataStoreService by gRPC, as a server and as a client."""

"""The store on a SQL database: SQLAlchemy Core, the tables of ML Metadata's schema version 10."""

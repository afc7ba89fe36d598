"""Files in, record batches out, and back: the data plane. Usable on its own.

=================  =====================================================================================
module             what it has
=================  =====================================================================================
``shard``          ``Shard``, a piece of input, and how examples look in memory
``filesystem``     every access to files: local, memory://, gs://, s3://
``examples``       ``read_examples``, ``split_shards``, ``ExamplesSink``: TFRecord and Parquet payloads
``csv``            ``infer_csv_schema`` and ``CsvReader``
``splits``         ``HashSplitter``: which split a row belongs to
``spans``          input in numbered portions, found by pattern
``tfrecord``       record files
``example_codec``  tf.Example and Arrow
``tensors``        Arrow and TensorFlow (needs the tensorflow extra)
=================  =====================================================================================

The package itself imports none of them, so that each costs only what it uses.
"""

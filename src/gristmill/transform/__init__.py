"""Feature transformations that are the same in training and in serving."""
from gristmill.transform.analyzers.covariance import covariance, pca
from gristmill.transform.analyzers.extrema import max, min
from gristmill.transform.analyzers.moments import mean, var
from gristmill.transform.analyzers.quantiles import quantiles
from gristmill.transform.analyzers.sums import size, sum
from gristmill.transform.analyzers.vocabulary import vocabulary
from gristmill.transform.mappers.buckets import apply_buckets, apply_buckets_with_interpolation, bucketize
from gristmill.transform.mappers.scaling import scale_by_min_max, scale_to_0_1, scale_to_z_score
from gristmill.transform.mappers.vocabulary_lookup import apply_vocabulary, compute_and_apply_vocabulary
from gristmill.transform.analysis import analyze, transform_function

"""The part of the metadata store's suite about types."""

from __future__ import annotations

import pytest

from gristmill.metadata import MetadataStore, errors
from gristmill.proto import metadata_store_pb2 as messages
from gristmill.proto.metadata_store_pb2 import ArtifactType, ContextType, ExecutionType

__all__ = ["FIRST_USER_TYPE", "TypeSuite"]

FIRST_USER_TYPE = 10
"""The id of the first type that is put: nine system types come before."""


class TypeSuite:
    """Inherited by ``MetadataStoreSuite``, which has the fixtures."""

    def test_the_first_user_type_gets_id_ten(self, store: MetadataStore) -> None:
        assert store.put_context_type(ContextType(name="pipeline")) == FIRST_USER_TYPE

    def test_system_types_are_found_by_name_and_id_but_not_listed(self, store: MetadataStore, model: int) -> None:
        system = store.get_artifact_type("mlmd.Model")
        assert store.get_artifact_types_by_id([system.id]) == [system]
        assert [type_.id for type_ in store.get_artifact_types()] == [model]
        assert store.get_execution_types() == []

    def test_a_version_of_a_system_type_is_the_users(self, store: MetadataStore) -> None:
        type_id = store.put_artifact_type(ArtifactType(name="mlmd.Model", version="2"))
        assert [type_.id for type_ in store.get_artifact_types()] == [type_id]

    def test_a_structure_of_nothing_is_not_a_missing_one(self, store: MetadataStore) -> None:
        given = ExecutionType(name="T", input_type=messages.ArtifactStructType())
        given.id = store.put_execution_type(given)
        assert store.get_execution_type("T") == given

    def test_a_type_reads_back_as_it_was_put(self, store: MetadataStore) -> None:
        given = ExecutionType(name="T", version="1", description="d", external_id="x", properties={"a": messages.INT})
        given.base_type = ExecutionType.TRAIN
        given.input_type.dict.properties["model"].simple.name = "Model"
        given.output_type.union_type.candidates.add().none.SetInParent()
        given.id = store.put_execution_type(given)
        assert store.get_execution_type("T", "1") == given
        assert store.get_execution_types_by_external_ids(["x", "y"]) == [given]
        assert store.get_execution_types_by_id([given.id, given.id, 999]) == [given]

    def test_versions_are_types_of_their_own_and_empty_means_none(self, store: MetadataStore, model: int) -> None:
        second = store.put_artifact_type(ArtifactType(name="Model", version="2"))
        assert second != model
        assert store.get_artifact_type("Model", "").id == model
        assert store.put_artifact_type(ArtifactType(name="Model", version=""), can_omit_fields=True) == model

    def test_kinds_do_not_share_names(self, store: MetadataStore, model: int) -> None:
        with pytest.raises(errors.NotFoundError):
            store.get_execution_type("Model")
        assert store.get_execution_types_by_id([model]) == []

    def test_putting_a_type_again_gives_its_id(self, store: MetadataStore, trainer: int) -> None:
        same = ExecutionType(name="Trainer", properties={"steps": messages.INT})
        assert store.put_execution_type(same) == trainer

    def test_a_type_gains_properties_only_when_allowed(self, store: MetadataStore, trainer: int) -> None:
        more = ExecutionType(name="Trainer", properties={"steps": messages.INT, "rate": messages.DOUBLE})
        with pytest.raises(errors.AlreadyExistsError, match="rate"):
            store.put_execution_type(more)
        assert store.put_execution_type(more, can_add_fields=True) == trainer
        assert set(store.get_execution_type("Trainer").properties) == {"steps", "rate"}

    def test_properties_left_out_stay_and_need_permission(self, store: MetadataStore, trainer: int) -> None:
        with pytest.raises(errors.AlreadyExistsError, match="steps"):
            store.put_execution_type(ExecutionType(name="Trainer"))
        assert store.put_execution_type(ExecutionType(name="Trainer"), can_omit_fields=True) == trainer
        assert set(store.get_execution_type("Trainer").properties) == {"steps"}

    def test_a_property_never_changes_its_type(self, store: MetadataStore, trainer: int) -> None:
        other = ExecutionType(name="Trainer", properties={"steps": messages.STRING})
        with pytest.raises(errors.AlreadyExistsError, match="steps"):
            store.put_execution_type(other, can_add_fields=True, can_omit_fields=True)

    def test_a_base_type_is_added_once_and_kept(self, store: MetadataStore) -> None:
        store.put_artifact_type(ArtifactType(name="B"))
        store.put_artifact_type(ArtifactType(name="B", base_type=ArtifactType.MODEL))
        store.put_artifact_type(ArtifactType(name="B"))
        assert store.get_artifact_type("B").base_type == ArtifactType.MODEL
        for change in (ArtifactType.DATASET, ArtifactType.UNSET):
            with pytest.raises(errors.UnimplementedError):
                store.put_artifact_type(ArtifactType(name="B", base_type=change))

    @pytest.mark.parametrize("bad", [ArtifactType(), ArtifactType(name="T", properties={"a": messages.UNKNOWN})])
    def test_a_type_needs_a_name_and_known_properties(self, store: MetadataStore, bad: ArtifactType) -> None:
        with pytest.raises(errors.InvalidArgumentError):
            store.put_artifact_type(bad)

    def test_external_ids_of_types_are_unique_and_change_but_do_not_vanish(self, store: MetadataStore) -> None:
        store.put_artifact_type(ArtifactType(name="A", external_id="x"))
        with pytest.raises(errors.AlreadyExistsError):
            store.put_context_type(ContextType(name="C", external_id="x"))
        store.put_artifact_type(ArtifactType(name="A"))
        assert store.get_artifact_type("A").external_id == "x"
        store.put_artifact_type(ArtifactType(name="A", external_id="y"))
        assert store.get_artifact_type("A").external_id == "y"

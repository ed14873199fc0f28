"""Versions, aliases and tags, through boto3."""

import json
from collections import Counter

import pytest
from botocore.exceptions import ClientError

import machines
from installations import Installation, unique


def refusal(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    told = error.value.response["Error"]
    return told["Code"], told["Message"]


@pytest.fixture(scope="module")
def versioned(installation: Installation) -> tuple[str, list[str]]:
    """A state machine, and its versions 1 to 3: their outputs are their numbers."""
    sfn = installation.sfn
    definition = [json.dumps(machines.one_state(Type="Pass", Result=number)) for number in (1, 2, 3)]
    created = sfn.create_state_machine(
        name=unique("versioned"), definition=definition[0], roleArn=installation.role_arn, publish=True
    )
    arn = created["stateMachineArn"]
    versions = [created["stateMachineVersionArn"]]
    updated = sfn.update_state_machine(
        stateMachineArn=arn, definition=definition[1], publish=True, versionDescription="the second"
    )
    versions.append(updated["stateMachineVersionArn"])
    sfn.update_state_machine(stateMachineArn=arn, definition=definition[2])
    versions.append(sfn.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"])
    assert versions == [f"{arn}:{number}" for number in (1, 2, 3)]
    return arn, versions


def test_versions_keep_what_they_were_published_as(
    installation: Installation, versioned: tuple[str, list[str]]
) -> None:
    arn, versions = versioned
    sfn = installation.sfn
    first = sfn.list_state_machine_versions(stateMachineArn=arn, maxResults=2)
    rest = sfn.list_state_machine_versions(stateMachineArn=arn, maxResults=2, nextToken=first["nextToken"])
    listed = first["stateMachineVersions"] + rest["stateMachineVersions"]
    found = [version["stateMachineVersionArn"] for version in listed]
    assert found == versions[::-1]
    assert "nextToken" not in rest
    second = sfn.describe_state_machine(stateMachineArn=versions[1])
    assert (second["stateMachineArn"], second["description"]) == (versions[1], "the second")
    assert json.loads(second["definition"])["States"]["Only"]["Result"] == 2
    again = sfn.publish_state_machine_version(stateMachineArn=arn, description="not a new one")
    assert again["stateMachineVersionArn"] == versions[2]
    with pytest.raises(ClientError) as refused:
        sfn.publish_state_machine_version(stateMachineArn=arn, revisionId="other")
    assert refusal(refused)[0] == "ConflictException"


def test_executions_run_the_version_that_they_were_started_with(
    installation: Installation, versioned: tuple[str, list[str]]
) -> None:
    arn, versions = versioned
    sfn = installation.sfn
    execution = installation.ended(installation.start(versions[0]))
    assert (execution.output, execution.description["stateMachineVersionArn"]) == (1, versions[0])
    assert "stateMachineAliasArn" not in execution.description
    assert execution.description["stateMachineArn"] == arn
    started = execution.events[0]["executionStartedEventDetails"]
    assert started["stateMachineVersionArn"] == versions[0]
    [listed] = sfn.list_executions(stateMachineArn=versions[0])["executions"]
    assert (listed["executionArn"], listed["stateMachineVersionArn"]) == (execution.arn, versions[0])
    with pytest.raises(ClientError) as refused:
        sfn.start_execution(stateMachineArn=f"{arn}:9")
    assert refusal(refused) == ("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}:9'")


def test_an_alias_shares_executions_between_two_versions(
    installation: Installation, versioned: tuple[str, list[str]]
) -> None:
    arn, versions = versioned
    sfn, name = installation.sfn, unique("alias")
    routing = [
        {"stateMachineVersionArn": versions[1], "weight": 50},
        {"stateMachineVersionArn": versions[2], "weight": 50},
    ]
    created = sfn.create_state_machine_alias(name=name, description="both", routingConfiguration=routing)
    alias = created["stateMachineAliasArn"]
    assert alias == f"{arn}:{name}"
    assert sfn.create_state_machine_alias(name=name, description="both", routingConfiguration=routing) | {
        "ResponseMetadata": None
    } == created | {"ResponseMetadata": None}
    described = sfn.describe_state_machine_alias(stateMachineAliasArn=alias)
    assert (described["routingConfiguration"], described["description"]) == (routing, "both")

    # The chance that one version gets none of 40 is 2 in a trillion.
    executions = [installation.start(alias) for _ in range(40)]
    ended = [installation.ended(execution) for execution in executions]
    chosen = Counter(execution.description["stateMachineVersionArn"] for execution in ended)
    assert set(chosen) == set(versions[1:])
    for execution in ended:
        assert execution.description["stateMachineAliasArn"] == alias
        assert execution.description["stateMachineVersionArn"] == f"{arn}:{execution.output}"
    for status, count in (("SUCCEEDED", 40), ("FAILED", 0)):
        listed = sfn.list_executions(stateMachineArn=alias, statusFilter=status)["executions"]
        assert len(listed) == count

    one = [{"stateMachineVersionArn": versions[2], "weight": 100}]
    sfn.update_state_machine_alias(stateMachineAliasArn=alias, routingConfiguration=one)
    assert installation.ended(installation.start(alias)).output == 3
    with pytest.raises(ClientError) as refused:
        sfn.delete_state_machine_version(stateMachineVersionArn=versions[2])
    assert refusal(refused)[0] == "ConflictException"
    aliases = sfn.list_state_machine_aliases(stateMachineArn=versions[2])["stateMachineAliases"]
    assert [listed["stateMachineAliasArn"] for listed in aliases] == [alias]
    assert sfn.list_state_machine_aliases(stateMachineArn=versions[1])["stateMachineAliases"] == []
    sfn.delete_state_machine_alias(stateMachineAliasArn=alias)
    with pytest.raises(ClientError) as refused:
        installation.start(alias)
    assert refusal(refused)[0] == "StateMachineDoesNotExist"


def test_tags_are_added_changed_and_removed(installation: Installation) -> None:
    sfn = installation.sfn
    created = sfn.create_state_machine(
        name=unique("tagged"),
        definition=json.dumps(machines.passes()),
        roleArn=installation.role_arn,
        tags=[{"key": "team", "value": "shop"}, {"key": "stage", "value": "test"}],
    )
    arn = created["stateMachineArn"]
    sfn.tag_resource(resourceArn=arn, tags=[{"key": "stage", "value": "prod"}, {"key": "cost", "value": ""}])
    sfn.untag_resource(resourceArn=arn, tagKeys=["team", "unknown"])
    tags = sfn.list_tags_for_resource(resourceArn=arn)["tags"]
    assert tags == [{"key": "stage", "value": "prod"}, {"key": "cost", "value": ""}]
    with pytest.raises(ClientError) as refused:
        sfn.tag_resource(resourceArn=arn, tags=[{"key": f"k{number}", "value": ""} for number in range(49)])
    assert refusal(refused)[0] == "TooManyTags"
    with pytest.raises(ClientError) as refused:
        sfn.list_tags_for_resource(resourceArn=f"{arn}-not")
    assert refusal(refused) == ("ResourceNotFound", f"Resource not found: '{arn}-not'")

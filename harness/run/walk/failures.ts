import {
  ArtifactError,
  gravest,
  GuideFailure,
  type HarnessError,
  InfrastructureError,
  NotPossibleHere,
  UsageError,
} from "../../errors.ts";

/** Whether a walk can go on after a failure. */
export const isBearable = (failure: HarnessError): boolean =>
  [GuideFailure, UsageError, ArtifactError, InfrastructureError, NotPossibleHere].some(
    (kind) => failure instanceof kind,
  );

/** A failure as what it is: not the guide's where others had a hand in the machines, nor the infrastructure's at their shell. */
export function judgedAfter(
  detours: readonly string[],
  failure: HarnessError,
  hands: readonly string[] = [],
): HarnessError {
  const names = failure.message.split(/[^\w.-]+/);
  const isTheirs =
    failure instanceof InfrastructureError &&
    hands.some((machine) => failure.details.machine === machine || names.includes(machine));
  if (!isTheirs && (!(failure instanceof GuideFailure) || detours.length === 0)) return failure;
  return new UsageError(`${failure.message}; this is not where the guide leads: ${detours.join("; ")}`, {
    ...failure.details,
    besideGuide: detours,
    cause: failure,
    hint: "This says nothing about the guide: go back to a checkpoint before that, or begin anew.",
  });
}

/** The failure that decides about a walk: the gravest; one that is not where the guide leads only if there is no other. */
export function decisive(failures: readonly HarnessError[]): HarnessError | undefined {
  const others = failures.filter(
    (failure) =>
      !(
        failure instanceof UsageError &&
        (failure.cause instanceof GuideFailure || failure.cause instanceof InfrastructureError)
      ),
  );
  return gravest(others.length > 0 ? others : failures);
}

type Members = Readonly<Record<string, unknown>>;

/** How a workload replaces its pods, as upstream shows it in messages: by its own names, and with what was not said. `unsaid` has the members in order. */
export function shownStrategy(
  { type, rollingUpdate }: { readonly type?: string; readonly rollingUpdate?: object },
  unsaid: Members,
): Members {
  return { Type: type ?? '', RollingUpdate: rollingUpdate ? shownRollingUpdate(rollingUpdate, unsaid) : null };
}

export function shownRollingUpdate(rollingUpdate: object, unsaid: Members): Members {
  const said = rollingUpdate as Members;
  return Object.fromEntries(
    Object.entries(unsaid).map(([name, value]) => [
      `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
      said[name] ?? value,
    ]),
  );
}

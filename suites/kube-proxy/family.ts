/** Backends of a service. */
export const backends = 3;

/** Requests from each source to each kind of address. */
export const requests = 300;

/** Two nodes and a pod, by ClusterIP and by NodePort; fewer where there is one node. */
export const tests = 6;

/**
 * Smallest p that one test accepts. A cluster that balances perfectly fails one test of the family in fewer than
 * 1 of 10,000 runs; the unit test counts the exact chance over all outcomes of 300 requests.
 */
export const alpha = 1e-5;

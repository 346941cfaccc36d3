/** The guide's nodes, by whose addresses they are registered. */
export const addresses = ["192.168.4.72", "192.168.4.76"];

/** See sdk-start-up.cjs. */
export {};

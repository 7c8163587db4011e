/** Limits of how calls are made; the OpenAI SDK's own limit for one call is 600 seconds. */
export const defaultTimeoutSeconds = 600;
export const longestTimeoutSeconds = 7200;

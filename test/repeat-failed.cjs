// A cluster answers late at times. The error of the first try is printed: it is a defect to mend.
jest.retryTimes(1, { logErrorsBeforeRetry: true });

export { createApp } from './app.ts';
export { type Dependency, healthRoutes } from './health.ts';
export { PROBLEMS } from './problem.ts';
export { type Answer, defineRoute, type Route } from './route.ts';
export { listen } from './server.ts';

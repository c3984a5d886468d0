export { API_BASE, createApp } from './app.ts';
export { type Dependency, healthRoutes } from './health.ts';
export { type Answer, defineRoute, type Route } from './route.ts';
export { type Listening, listen } from './server.ts';

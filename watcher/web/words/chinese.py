"""What every page says in Chinese; each page's own words stand in a module of their own."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

WORDS: Final = MappingProxyType(
    {
        "product": "watcher",
        "skip": "跳到正文",
        "nav": "页面",
        "nav.overview": "总览",
        "nav.jobs": "作业",
        "nav.alerts": "告警",
        "nav.deliveries": "投递",
        "nav.silences": "静默",
        "nav.rules": "规则",
        "as.of": "截至",
        "logout": "退出登录",
        "login.title": "登录",
        "login.user": "用户",
        "login.password": "密码",
        "login.token": "令牌",
        "login.submit": "登录",
        "login.wrong": "不正确。",
        "login.wait": "错误次数过多，请在 {seconds} 秒后重试。",
        "refused.403": "操作未执行",
        "refused.404": "此处没有内容",
        "refused.405": "此处不能这样操作",
        "refused.408": "用时过长",
        "refused.415": "无法读取",
        "refused.503": "暂时不可用",
        "refused.home": "返回总览",
        "live.updated": "已更新",
        "language.en": "English",
        "language.zh": "中文",
        "overview.title": "总览",
        "overview.sources": "数据源",
        "overview.source": "数据源",
        "overview.read": "上次成功读取",
    }
)
